/** Code that is fetched when it is needed. While the network is away for a moment it is asked for again. */
export const load = <T>(part: () => Promise<T>, tries = 3): Promise<T> => part().catch((thrown: Error) => (tries ? pause(2_000 / tries).then(() => load(part, tries - 1)) : renew(thrown)));

const pause = (ms: number) => new Promise((over) => setTimeout(over, ms));

/** A file that stays away while the server answers was replaced by a newer version: the page is loaded anew, once for each such file. */
async function renew(thrown: Error): Promise<never> {
  const mark = `tweetsent-renewed ${thrown.message}`; // it names the file
  if (thrown.name !== 'ChunkLoadError' || sessionStorage.getItem(mark) || !(await fetch(location.href)).ok) throw thrown;
  sessionStorage.setItem(mark, '1');
  location.reload();
  return new Promise(() => undefined); // the skeleton stays until then
}
