import type { DoctorLine } from '../../api/view.ts';

export const ok = (area: string, what: string): DoctorLine => ({ area, level: 'ok', what, todo: '' });
export const warn = (area: string, what: string, todo: string): DoctorLine => ({ area, level: 'warn', what, todo });
export const bad = (area: string, what: string, todo: string): DoctorLine => ({ area, level: 'bad', what, todo });

export const said = (error: unknown): string => (error instanceof Error ? error.message : String(error));
