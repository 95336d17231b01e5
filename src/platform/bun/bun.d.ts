// The parts of the executable's runtime that are used here. Only this folder sees these types.

declare module 'bun:ffi' {
  type FFIType = 'i32' | 'u32' | 'usize' | 'i64_fast' | 'ptr';

  /** An address in memory. */
  type Pointer = number & { readonly __pointer: never };

  interface FFIFunction {
    readonly args: readonly FFIType[];
    readonly returns: FFIType;
  }

  type Arguments<Args extends readonly FFIType[]> = {
    [Index in keyof Args]: Args[Index] extends 'ptr' ? ArrayBufferView : number;
  };

  /** Opens a shared library. Its functions take arrays where they want addresses. Throws where it lacks one of them. */
  export function dlopen<const Functions extends Record<string, FFIFunction>>(
    library: string,
    functions: Functions,
  ): {
    readonly symbols: {
      [Name in keyof Functions]: (
        ...values: Arguments<Functions[Name]['args']>
      ) => Functions[Name]['returns'] extends 'ptr' ? Pointer : number;
    };
  };

  export const read: { i32(address: Pointer): number };

  /** Returns the address of the bytes of an array. */
  export function ptr(view: ArrayBufferView): number;

  /** Returns the `length` bytes of memory at `address + offset` as an array. */
  export function toArrayBuffer(address: number, offset: number, length: number): ArrayBuffer;
}

declare module 'bun:jsc' {
  /** Keeps a function from being compiled by JavaScriptCore's last compiler. */
  export function noFTL(code: object): void;
}

declare module 'bun' {
  export const unsafe: {
    /** Scales the number of runs after which code is compiled. */
    setJITPolicy(scale: number): void;
  };

  export const dns: {
    /** Asks getaddrinfo(3), in a thread, when the back end is `libc`. Rejects where there is no answer. */
    lookup(host: string, options: { family: 4; backend: 'libc' }): Promise<{ address: string }[]>;
  };
}
