'use client';

import { later } from '@/components/later';

export const Settings = later(() => import('./settings').then((module) => module.Settings));
