import { clsx, type ClassValue } from 'clsx';

/** Class names joined. Nothing is merged: a component's variants must not be contradicted by its callers (tailwind-merge would cost 8 kB on every page). */
export function cn(...inputs: ClassValue[]): string {
  return clsx(inputs);
}
