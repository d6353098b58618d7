import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { withDemo } from './with-demo.mjs';
const folder='/tmp/tweetsent-lighthouse-12.8.2'; const cli=path.join(folder,'node_modules/lighthouse/cli/index.js');
const FLAGS = '--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync';
const runs=Number(process.env.RUNS??3); const extra=(process.env.EXTRA??'').split(' ').filter(Boolean);
await withDemo(({url,cookie})=>{
  writeFileSync('/tmp/lhh.json',JSON.stringify({Cookie:cookie}));
  for(const page of (process.argv.slice(2).length?process.argv.slice(2):['/'])){ const all=[];
  for(let i=0;i<runs;i++){
   try{ execFileSync('node',[cli,url+page,'--quiet','--output=json','--output-path=/tmp/lhr.json','--extra-headers=/tmp/lhh.json','--only-categories=performance',`--chrome-flags=${FLAGS}`,'--save-assets',...extra],{env:{...process.env,CHROME_PATH:'/usr/bin/chromium'},stdio:['ignore','ignore','inherit']});}catch(e){console.log('fail',e.status);continue}
   const r=JSON.parse(readFileSync('/tmp/lhr.json','utf8')); const a=r.audits; const n=k=>Math.round(a[k].numericValue);
   all.push(Math.round(100*r.categories.performance.score));
   console.log(page,'score',all.at(-1),'bench',r.environment.benchmarkIndex,'FCP',n('first-contentful-paint'),'LCP',n('largest-contentful-paint'),'SI',n('speed-index'),'TBT',n('total-blocking-time'),'CLS',a['cumulative-layout-shift'].numericValue.toFixed(3),'TTI',n('interactive'));
   if(i===runs-1&&process.env.DETAIL){
    console.log(JSON.stringify(a['largest-contentful-paint-element']?.details?.items?.map(x=>x.items?.map(y=>y.node?.snippet??y)),null,0));
    for(const x of a['bootup-time'].details.items) console.log(x.url.slice(-60),Math.round(x.total),Math.round(x.scripting),Math.round(x.scriptParseCompile));
    for(const x of a['mainthread-work-breakdown'].details.items) console.log(x.groupLabel,Math.round(x.duration));
    for(const x of a['long-tasks'].details.items) console.log('long',x.url.slice(-50),Math.round(x.startTime),Math.round(x.duration));
    for(const x of a['network-requests'].details.items) console.log(Math.round(x.networkRequestTime),Math.round(x.networkEndTime),x.transferSize,x.priority,x.url.slice(url.length).slice(0,90));
   }
  }
  console.log(page,'median',all.sort((x,y)=>x-y)[Math.floor(all.length/2)]);}
});
