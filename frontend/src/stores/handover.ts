import { create } from 'zustand';

/** A tweet that one page hands to another. It lives in memory: tweets belong into no URL and no storage. */
export const useHandover = create<{ text: string }>()(() => ({ text: '' }));

export const keepText = (text: string): void => useHandover.setState({ text });
