export type Entry = { sub: string; access_token: string; refresh_token?: string; scope: string; got: number; ends: number };

const vault = new Map<string, Entry>();
export const put = (key: string, entry: Entry) => void vault.set(key, entry);
export const peek = (key?: string) => (key ? vault.get(key) : undefined);
export const drop = (key?: string) => void (key && vault.delete(key));
