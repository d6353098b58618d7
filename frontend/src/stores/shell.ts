import { create } from 'zustand';

export type Dialog = 'none' | 'palette' | 'sheet';

/** Which of the shell's dialogs is open. */
export const useShell = create<{ dialog: Dialog; open: (dialog: Dialog) => void }>()((set) => ({ dialog: 'none', open: (dialog) => set({ dialog }) }));
