/** SQL: an event that is not of what people did here. Those are found where they are asked for, for a search would find all earlier searches for its words. */
export const NO_ACT = "NOT (parser = 'ledger' AND startsWith(action, 'act_'))";
