/** A journal field by its name (systemd.journal-fields(7)); undefined when the entry has none. */
export type JournalField = (name: string) => string | undefined;
