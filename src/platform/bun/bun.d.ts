// Types for the parts of the executable's runtime that are used here. Only this folder sees them.

declare module 'bun' {
  type FFIType = 'i32' | 'u32' | 'usize' | 'i64_fast' | 'ptr';

  /** An address in memory. */
  type Pointer = number & { readonly __pointer: never };

  export interface FFIFunction {
    readonly args: readonly FFIType[];
    readonly returns: FFIType;
  }

  type Arguments<Args extends readonly FFIType[]> = {
    [Index in keyof Args]: Args[Index] extends 'ptr' ? ArrayBufferView : number;
  };

  export type Functions<Wanted extends Record<string, FFIFunction>> = {
    readonly [Name in keyof Wanted]: (
      ...values: Arguments<Wanted[Name]['args']>
    ) => Wanted[Name]['returns'] extends 'ptr' ? Pointer : number;
  };

  export const FFI: {
    /** Opens a shared library. Returns an error where it lacks one of the functions. */
    dlopen<const Wanted extends Record<string, FFIFunction>>(
      library: string,
      wanted: Wanted,
    ): { readonly symbols: Functions<Wanted> } | Error;

    readonly read: { i32(address: Pointer): number };

    /** Returns the address of the bytes of an array. */
    ptr(view: ArrayBufferView): number;

    /** Returns the `length` bytes of memory at `address + offset` as an array. */
    toArrayBuffer(address: number, offset: number, length: number): ArrayBuffer;
  };

  export const unsafe: {
    /** Scales the number of runs after which code is compiled. */
    setJITPolicy(scale: number): void;
  };

  export const dns: {
    /** Asks getaddrinfo(3), in a thread, when the back end is `libc`. Rejects where there is no answer. */
    lookup(host: string, options: { family: 4; backend: 'libc' }): Promise<{ address: string }[]>;
  };
}

declare module 'bun:jsc' {
  /** Keeps a function from being compiled by JavaScriptCore's top compiler, FTL. */
  export function noFTL(code: object): void;
}
