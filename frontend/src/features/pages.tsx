'use client';

import { lazy, type ComponentType } from 'react';

/** What a page shows comes after the page has come to life: its own code is fetched, read and drawn apart from the frame around it. */
function later(load: () => Promise<ComponentType>): ComponentType {
  const Content = lazy(() => load().then((content) => ({ default: content })));
  return function Later() {
    return <Content />;
  };
}

export const Dashboard = later(() => import('./dashboard/dashboard').then((module) => module.Dashboard));
export const Analyze = later(() => import('./analyze/analyze').then((module) => module.Analyze));
export const Models = later(() => import('./models/models').then((module) => module.Models));
export const Run = later(() => import('./models/run').then((module) => module.Run));
export const Compare = later(() => import('./models/compare').then((module) => module.Compare));
export const Review = later(() => import('./review/review').then((module) => module.Review));
export const Live = later(() => import('./live/live').then((module) => module.Live));
export const Settings = later(() => import('./settings/settings').then((module) => module.Settings));
