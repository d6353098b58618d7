import type { Metadata } from 'next';
import { PageTitle } from '@/components/page-title';
import { Settings } from '@/features/settings/settings';

export const metadata: Metadata = { title: 'Settings' };

export default function SettingsPage() {
  return (
    <>
      <PageTitle title="Settings" />
      <Settings />
    </>
  );
}
