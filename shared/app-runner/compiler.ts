/** Compiles a text, or reads what was stored of it. */
type Compiler = ((code: string, file: string) => string) & {
  /** Loads what a text that is not stored needs. */
  warm(): void;
};

/** The compiler of this process, as register.js provides it. */
export const compiler = (process as unknown as Record<symbol, Compiler | undefined>)[
  Symbol.for('call-your-api.compiler')
];
