import { emptyServer, sampleServer, type Place } from './servers';

export default async function setup(): Promise<() => void> {
  const port = Number(process.env.TWEETSENT_E2E_PORT ?? 18557);
  const places: Place[] = [await sampleServer(port)];
  const stop = () => places.forEach((place) => place.stop());
  try {
    places.push(await emptyServer(port + 1));
  } catch (error) {
    stop();
    throw error;
  }
  return stop;
}
