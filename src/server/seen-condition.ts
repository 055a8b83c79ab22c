import { sightOf } from '../access/masking.ts';
import { mustBeClear, type Sight } from '../api/watched.ts';
import { allOf, type Condition } from '../core/condition.ts';

/** What people did here: nobody but our own ledger writes it. */
const ACTS: Condition = {
  is: 'all',
  of: [
    { is: 'equals', fields: ['spoor.parser'], value: 'ledger' },
    { is: 'like', fields: ['event.action'], pattern: [{ text: 'act_' }, { any: 'many' }] },
  ],
};

/**
 * A condition as far as whoever asks may know its answer: what people did here is for auditors, and nothing can be asked of what is
 * masked, for the answer would tell it. Auditors may ask anything of acts, and get them where they ask for nothing else: a search would
 * find all earlier searches for its words. Throws E_USAGE that names the field.
 */
export function seenCondition(condition: Condition, sight: Sight): Condition {
  if (sight.seesActs && asksActs(condition)) return allOf([condition, ACTS]);
  mustBePlain(condition, sight);
  return allOf([condition, { is: 'not', of: ACTS }]);
}

/** Is nothing but acts asked for? */
function asksActs(condition: Condition): boolean {
  if (condition.is === 'all') return condition.of.some(asksActs);
  if (condition.is === 'any') return condition.of.length > 0 && condition.of.every(asksActs);
  if (condition.is === 'equals') return isAction(condition.fields) && condition.value.startsWith('act_');
  if (condition.is !== 'like' || !isAction(condition.fields)) return false;
  const [first] = condition.pattern;
  return first !== undefined && 'text' in first && first.text.startsWith('act_');
}

const isAction = (fields: readonly string[]) => fields.length === 1 && fields[0] === 'event.action';

function mustBePlain(condition: Condition, sight: Sight): void {
  if (!sight.isMasked) return;
  switch (condition.is) {
    case 'all':
    case 'any':
      for (const one of condition.of) mustBePlain(one, sight);
      return;
    case 'not':
      mustBePlain(condition.of, sight);
      return;
    case 'word-like':
      mustBeClear(sight, 'the text of events');
      return;
    case 'time':
      return;
    default:
      for (const field of condition.fields) {
        if (field === 'message') mustBeClear(sight, 'the text of events');
        if (sightOf(field) !== 'plain') mustBeClear(sight, field);
      }
  }
}
