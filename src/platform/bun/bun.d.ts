// As much of the executable's runtime as is used here: its foreign function interface, lookups and engine.

/** The runtime itself. */
declare const Bun: { readonly FFI: BunForeignFunctions };

type BunType = 'i32' | 'u32' | 'usize' | 'i64_fast' | 'ptr';

/** An address in memory. */
type BunPointer = number & { readonly __pointer: never };

interface BunSignature {
  readonly args: readonly BunType[];
  readonly returns: BunType;
}

type BunValues<Args extends readonly BunType[]> = {
  [Index in keyof Args]: Args[Index] extends 'ptr' ? ArrayBufferView : number;
};

interface BunForeignFunctions {
  /** Functions of a shared library, called with arrays where they take addresses; or why it could not be opened. */
  dlopen<const Signatures extends Record<string, BunSignature>>(
    library: string,
    signatures: Signatures,
  ):
    | Error
    | {
        readonly symbols: {
          [Name in keyof Signatures]: (
            ...values: BunValues<Signatures[Name]['args']>
          ) => Signatures[Name]['returns'] extends 'ptr' ? BunPointer : number;
        };
      };
  readonly read: { i32(address: BunPointer): number };
  /** Where the bytes of an array are. */
  ptr(view: ArrayBufferView): number;
  /** The memory of that address and length as an array. */
  toArrayBuffer(address: number, offset: number, length: number): ArrayBuffer;
}

declare module 'bun' {
  export const dns: {
    /** Asks getaddrinfo(3), in a thread, when the back end is `libc`. Rejects where there is no answer. */
    lookup(host: string, options: { family: 4; backend: 'libc' }): Promise<{ address: string }[]>;
  };
}

declare module 'bun:jsc' {
  /** Keeps a function from the last of the engine's compilers. */
  export function noFTL(code: object): void;
}
