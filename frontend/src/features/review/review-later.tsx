'use client';

import { later } from '@/components/later';

export const Review = later(() => import('./review').then((module) => module.Review));
