import type http from 'node:http';

/** One answer, as a person's browser would have it. */
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

/** What a form sends: a name and a value, in the order of the page. */
export type Entry = readonly [name: string, value: string, kind?: 'file'];

export type Enctype = 'application/x-www-form-urlencoded' | 'multipart/form-data' | 'text/plain';

export interface Form {
  action: URL;
  method: 'GET' | 'POST';
  enctype: Enctype;
  /** What it sends as it is, one value a name. */
  fields: Record<string, string>;
  /** The buttons that can be pressed, the first one by Enter as well. */
  buttons: Button[];
  hasPassword: boolean;
  /** What it sends when a button is pressed, after a person filled in some of its fields. */
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

/** An answer of a server, before redirects are looked at. */
export type Answer = Omit<Page, 'url' | 'hops'>;

/** Where a browser records what passes between it and the app: one entry for each request, which later gets the answer. */
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
