/** Compiles a text, or reads the stored output. */
type Compiler = ((code: string, file: string) => string) & {
  /** Loads what compiling a text needs that has no stored output. */
  load(): void;
};

/** The compiler of this process, as register.js provides it. */
export const compiler = (process as unknown as Record<symbol, Compiler | undefined>)[
  Symbol.for('call-your-api.compiler')
];
