'use client';

import { later } from '@/components/later';

export const Models = later(() => import('./models').then((module) => module.Models));
