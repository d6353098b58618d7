import { emptyServer, sampleServer } from './servers';

export default async function setup(): Promise<() => void> {
  const port = Number(process.env.TWEETSENT_E2E_PORT ?? 18557);
  const tried = await Promise.allSettled([sampleServer(port), emptyServer(port + 1)]);
  const stop = () => tried.forEach((one) => one.status === 'fulfilled' && one.value.stop());
  for (const one of tried) if (one.status === 'rejected') throw (stop(), one.reason);
  return stop;
}
