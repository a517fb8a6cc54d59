import type http from 'node:http';

/** One page of a browser. */
export interface Page {
  url: URL;
  status: number;
  headers: http.IncomingHttpHeaders;
  body: string;
  /** Every request that led here, oldest first. */
  hops: { method: string; url: string; status: number }[];
}

/** A button that sends a form. */
export interface Button {
  name: string | undefined;
  value: string;
  text: string;
  id: string | undefined;
}

/** A name and a value that a form sends. */
export type Entry = readonly [name: string, value: string, kind?: 'file'];

export type Enctype = 'application/x-www-form-urlencoded' | 'multipart/form-data' | 'text/plain';

export interface Form {
  action: URL;
  method: 'GET' | 'POST';
  enctype: Enctype;
  /** What it sends unchanged, one value a name. */
  fields: Record<string, string>;
  /** The enabled buttons. Enter presses the first one. */
  buttons: Button[];
  hasPassword: boolean;
  /** What it sends with these values when a button is pressed. */
  submission(values: Record<string, string>, button: Button | undefined): Submission;
}

/** A form as it is sent. */
export interface Submission {
  action: URL;
  method: 'GET' | 'POST';
  enctype: Enctype;
  entries: Entry[];
}

/** The body of a request, and its type. */
export interface Body {
  type: string;
  text: string;
}

/** An answer of a server, maybe a redirect. */
export type Answer = Omit<Page, 'url' | 'hops'>;

/** Records the messages between browser and app: one entry a request, which later gets the answer. */
export interface RequestLog {
  add(request: {
    from: 'browser';
    to: 'app';
    method: string;
    url: URL;
    requestHeaders: Record<string, string>;
    requestBody: string;
  }): object;
}
