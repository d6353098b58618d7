'use client';

import { later } from '@/components/later';

export const Analyze = later(() => import('./analyze').then((module) => module.Analyze));
