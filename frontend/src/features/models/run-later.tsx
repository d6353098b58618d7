'use client';

import { later } from '@/components/later';

export const Run = later(() => import('./run').then((module) => module.Run));
