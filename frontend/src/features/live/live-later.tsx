'use client';

import { later } from '@/components/later';

export const Live = later(() => import('./live').then((module) => module.Live));
