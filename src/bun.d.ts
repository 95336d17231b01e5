/** As much of the executable's runtime as is used here: its foreign function interface, lookups and engine. */
declare module 'bun:ffi' {
  type Type = 'i32' | 'u32' | 'usize' | 'i64_fast' | 'ptr';
  /** An address in memory. */
  type Pointer = number & { readonly __pointer: never };
  interface Signature {
    readonly args: readonly Type[];
    readonly returns: Type;
  }
  type Values<Args extends readonly Type[]> = {
    [Index in keyof Args]: Args[Index] extends 'ptr' ? ArrayBufferView : number;
  };
  /** Functions of a shared library, called with arrays where they take addresses. */
  export function dlopen<const Signatures extends Record<string, Signature>>(
    library: string,
    signatures: Signatures,
  ): {
    readonly symbols: {
      [Name in keyof Signatures]: (
        ...values: Values<Signatures[Name]['args']>
      ) => Signatures[Name]['returns'] extends 'ptr' ? Pointer : number;
    };
  };
  export const read: { i32(address: Pointer): number };
  /** Where the bytes of an array are. */
  export function ptr(view: ArrayBufferView): number;
  /** The memory of that address and length as an array. */
  export function toArrayBuffer(address: number, offset: number, length: number): ArrayBuffer;
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
