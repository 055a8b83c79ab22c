// A static tree of ours, read by tessera's fsck and by torchwood's client: newer VKEY TREE MINIMUM PROOF RECORD [INDEX ...]
// fsck reads from the first record on, so it runs only where nothing was given up (MINIMUM 0). PROOF is a tlog-proof of RECORD.
package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strconv"

	"filippo.io/torchwood"
	"github.com/transparency-dev/merkle/rfc6962"
	"github.com/transparency-dev/tessera/api"
	"github.com/transparency-dev/tessera/client"
	"github.com/transparency-dev/tessera/fsck"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func must(err error) {
	if err != nil {
		log.Fatal("FAIL: ", err)
	}
}

func leaves(bundle []byte) ([][]byte, error) {
	entries := &api.EntryBundle{}
	if err := entries.UnmarshalText(bundle); err != nil {
		return nil, err
	}
	var hashes [][]byte
	for _, entry := range entries.Entries {
		hashes = append(hashes, rfc6962.DefaultHasher.HashLeaf(entry))
	}
	return hashes, nil
}

func main() {
	ctx := context.Background()
	v, err := note.NewVerifier(os.Args[1])
	must(err)
	root := os.Args[2]
	if os.Args[3] == "0" {
		f := fsck.New(v.Name(), v, &client.FileFetcher{Root: root}, leaves, fsck.Opts{N: 2})
		must(f.Check(ctx))
		fmt.Println("tessera fsck: ok")
	}
	signed, err := os.ReadFile(filepath.Join(root, "checkpoint"))
	must(err)
	policy := torchwood.ThresholdPolicy(2, torchwood.SingleVerifierPolicy(v), torchwood.OriginPolicy(v.Name()))
	checkpoint, _, err := torchwood.VerifyCheckpoint(signed, policy)
	must(err)
	tiles, err := torchwood.NewTileFS(os.DirFS(root))
	must(err)
	reader, err := torchwood.NewClient(tiles)
	must(err)
	for _, text := range os.Args[6:] {
		index, err := strconv.ParseInt(text, 10, 64)
		must(err)
		_, _, err = reader.Entry(ctx, checkpoint.Tree, index)
		must(err)
		fmt.Println("torchwood: entry", index, "ok")
	}
	start, err := strconv.ParseInt(os.Args[3], 10, 64)
	must(err)
	count := start
	for range reader.AllEntries(ctx, checkpoint.Tree, start) {
		count++
	}
	must(reader.Err())
	if count != checkpoint.N {
		log.Fatal("FAIL: torchwood read up to ", count)
	}
	fmt.Println("torchwood: all entries ok")
	proof, err := os.ReadFile(os.Args[4])
	must(err)
	record, err := os.ReadFile(os.Args[5])
	must(err)
	must(torchwood.VerifyProof(policy, tlog.RecordHash(record), proof))
	fmt.Println("torchwood: tlog-proof ok")
}
