import { chooseKernel } from './backends/choose.ts';
import { LabUnavailable } from './unavailable.ts';

/** Options of a test that starts a guest itself: skipped, with the reason, where there is none to be had. */
export const lab: { readonly skip: string | false } = { skip: await reasonToSkip() };

async function reasonToSkip(): Promise<string | false> {
  if (process.env.IPVSADM_LAB) return 'A lab in the lab is not tested.';
  try {
    await chooseKernel('uml');
    return false;
  } catch (error) {
    if (error instanceof LabUnavailable) return error.message;
    throw error;
  }
}
