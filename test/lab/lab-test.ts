import { chooseKernel } from './backends/choose.ts';
import { LabUnavailable } from './unavailable.ts';

/** Options of a test that starts a guest itself: it is skipped, with the reason, where no guest can be started. */
export const lab: { readonly skip: string | false } = { skip: await reasonToSkip() };

async function reasonToSkip(): Promise<string | false> {
  if (process.env.IPVSADM_LAB) return 'The lab is not tested inside the lab.';
  try {
    await chooseKernel('uml');
    return false;
  } catch (error) {
    if (error instanceof LabUnavailable) return error.message;
    throw error;
  }
}
