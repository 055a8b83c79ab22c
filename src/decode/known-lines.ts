import { AddressNames } from './address-names.ts';
import type { Template } from './template.ts';
import { TemplateScanner } from './template-scanner.ts';
import { TemplateTree } from './template-tree.ts';
import { WebTexts } from './web-lines.ts';

/** What was learnt of lines. One for each thread, which reads all its inputs with it: templates are learnt once. */
export class KnownLines {
  readonly addresses = new AddressNames();
  readonly tree = new TemplateTree(this.addresses);
  readonly scanner = new TemplateScanner();
  #web: WebTexts | null = null; // large, and most threads read none

  get web(): WebTexts {
    this.#web ??= new WebTexts();
    return this.#web;
  }

  /** Keeps a template; when there are too many of them all are forgotten, and the lines to come are learnt again. */
  keep(template: Template): void {
    if (this.tree.full) {
      this.tree.clear();
      this.scanner.forget();
    }
    this.tree.add(template);
  }
}
