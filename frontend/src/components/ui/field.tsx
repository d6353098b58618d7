import { forwardRef, type InputHTMLAttributes, type LabelHTMLAttributes, type ReactNode, type SelectHTMLAttributes, type TextareaHTMLAttributes } from 'react';
import { cn } from '@/lib/utils';

const box = 'w-full rounded-md border border-input bg-card text-sm placeholder:text-muted-foreground disabled:opacity-50';

export const Input = forwardRef<HTMLInputElement, InputHTMLAttributes<HTMLInputElement>>(function Input({ className, ...props }, ref) {
  return <input ref={ref} className={cn(box, 'h-9 px-3', className)} {...props} />;
});

export const Textarea = forwardRef<HTMLTextAreaElement, TextareaHTMLAttributes<HTMLTextAreaElement>>(function Textarea({ className, ...props }, ref) {
  return <textarea ref={ref} className={cn(box, 'px-3 py-2', className)} {...props} />;
});

export const Select = forwardRef<HTMLSelectElement, SelectHTMLAttributes<HTMLSelectElement>>(function Select({ className, ...props }, ref) {
  return <select ref={ref} className={cn(box, 'h-9 px-2', className)} {...props} />;
});

/** A control with its visible name above it. */
export function Field({ label, hint, className, children, ...props }: LabelHTMLAttributes<HTMLLabelElement> & { label: string; hint?: ReactNode }) {
  return (
    <label className={cn('flex min-w-0 flex-col gap-1 text-xs font-medium', className)} {...props}>
      <span>{label}</span>
      {children}
      {hint ? <span className="font-normal text-muted-foreground">{hint}</span> : null}
    </label>
  );
}
