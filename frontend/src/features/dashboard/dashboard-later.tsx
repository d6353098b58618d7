'use client';

import { later } from '@/components/later';

export const Dashboard = later(() => import('./dashboard').then((module) => module.Dashboard));
