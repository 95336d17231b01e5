/** Defined by the build. */
declare const IPVSADM_VERSION: string | undefined;

/** The version of this package. */
export const version: string = typeof IPVSADM_VERSION === 'string' ? IPVSADM_VERSION : 'from source';
