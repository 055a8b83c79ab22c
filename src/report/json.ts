import type { Story } from '../trace/story.ts';

/** The story as the document of `--json` (docs/reference/investigation-json.md), indented, with a line feed at its end. */
export function toJson(story: Story): string {
  return `${JSON.stringify(story, null, 2)}\n`;
}
