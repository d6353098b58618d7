'use client';

import { later } from '@/components/later';

export const Compare = later(() => import('./compare').then((module) => module.Compare));
