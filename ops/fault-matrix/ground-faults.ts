/** What can go wrong below a step: planning, signing, disks, clocks, Redis, PostgreSQL and processes; F14 to F35. The rows follow the reliability plan; their words are for people who run the service. */
import type { FaultRow } from './fault-row.ts'

/** Rows of the matrix, in the order of their ids. */
export const groundFaults: readonly FaultRow[] = [
  {
    id: 'F14',
    inject: 'K',
    checks: 'I3',
    fault: {
      en: 'the process is killed while it cuts a batch into bank files',
      zh: '拆分银行文件时进程被杀',
    },
    outcome: {
      en: 'running it again gives the same files, names and serials',
      zh: '重跑得到相同的文件、名称与流水号',
    },
  },
  {
    id: 'F15',
    inject: 'K',
    checks: 'I3 I13',
    fault: { en: 'the process is killed in the middle of writing a file', zh: '生成文件中途进程被杀' },
    outcome: {
      en: 'nothing half-written stays; the next run writes the same bytes',
      zh: '不留半截文件，重跑逐字节相同',
    },
  },
  {
    id: 'F16',
    inject: 'K',
    checks: 'I8',
    fault: {
      en: 'the process is killed between signing and keeping the signature',
      zh: '签名后、保存前进程被杀',
    },
    outcome: { en: 'there is one version that may be sent', zh: '只有一个可发送的版本' },
  },
  {
    id: 'F17',
    inject: 'R',
    checks: 'I8',
    fault: { en: 'a signing key changes in the middle of a batch', zh: '批次中途更换签名密钥' },
    outcome: { en: 'each file names its key, and both verify', zh: '每个文件注明所用密钥，新旧都能验过' },
  },
  {
    id: 'F18',
    inject: 'B',
    checks: 'I8',
    fault: { en: 'the key store does not answer', zh: '密钥设备不可用' },
    outcome: {
      en: 'the file stays as it is and somebody is told; nothing leaves unsigned',
      zh: '文件原样等待并告警，未签名的内容绝不发出',
    },
  },
  {
    id: 'F19',
    inject: 'D',
    checks: 'I8 I13',
    fault: { en: 'a disk is full: spool, scratch or the database', zh: '磁盘写满' },
    outcome: {
      en: 'the step fails clean and goes on when there is room; no cut file is delivered',
      zh: '干净失败，腾出空间后继续，绝不送出残缺文件',
    },
  },
  {
    id: 'F20',
    inject: 'C',
    checks: 'I3',
    fault: { en: 'the clock is set back or forward', zh: '时钟前后跳动' },
    outcome: {
      en: 'sequences come from the database, no name comes twice, nothing leaves early',
      zh: '序号来自数据库，文件名不重复，不提前发送',
    },
  },
  {
    id: 'F21',
    inject: 'C',
    checks: 'I6',
    fault: {
      en: 'the window closes meanwhile, or the calendar has no such year',
      zh: '窗口已过，或日历尚未公布',
    },
    outcome: {
      en: 'the next window; without a calendar it waits and the year is named',
      zh: '顺延下一窗口；没有日历则等待并指出年份',
    },
  },
  {
    id: 'F22',
    inject: 'D',
    checks: 'I2 I15',
    fault: { en: 'Redis is emptied', zh: 'Redis 被清空' },
    outcome: {
      en: 'the sweep wakes everything again and nothing is sent twice',
      zh: '扫描重新唤醒全部工作，不重复发送',
    },
  },
  {
    id: 'F23',
    inject: 'D',
    checks: 'I2 I15',
    fault: { en: 'Redis is killed and kept nothing', zh: 'Redis 被杀且无持久化' },
    outcome: { en: 'the same', zh: '同上' },
  },
  {
    id: 'F24',
    inject: 'D',
    checks: '',
    fault: { en: 'Redis may evict keys when it is full', zh: 'Redis 配置为可淘汰键' },
    outcome: { en: 'the start refuses it, and doctor says so', zh: '启动时拒绝，体检指出' },
  },
  {
    id: 'F25',
    inject: 'P',
    checks: 'I15',
    fault: { en: 'Redis cannot be reached for minutes', zh: 'Redis 长时间不可达' },
    outcome: {
      en: 'calls are accepted and the work goes on from the database, slower',
      zh: '照常受理，改由数据库驱动，稍慢',
    },
  },
  {
    id: 'F26',
    inject: 'K',
    checks: 'I2',
    fault: { en: 'a process is busy for longer than its lease', zh: '进程卡顿超过租约' },
    outcome: { en: 'another takes over, and there is one sending', zh: '他人接手，只发送一次' },
  },
  {
    id: 'F27',
    inject: 'K',
    checks: 'I2',
    fault: {
      en: 'the process is killed while it sends: before, during or after the bytes',
      zh: '发送前、中、后进程被杀',
    },
    outcome: {
      en: "the bank's side is asked or looked at; never a blind second sending",
      zh: '先查银行一侧，绝不盲目重发',
    },
  },
  {
    id: 'F28',
    inject: 'D',
    checks: 'I1 I14',
    fault: { en: 'PostgreSQL stops at once in the middle of a transaction', zh: '事务中途数据库立即停机' },
    outcome: {
      en: 'rolled back, connections heal, what is safe is run again',
      zh: '回滚、连接自愈、安全者重跑',
    },
  },
  {
    id: 'F29',
    inject: 'D',
    checks: 'I2',
    fault: { en: 'PostgreSQL fails over and has lost the last commits', zh: '数据库切换后丢失最近提交' },
    outcome: {
      en: 'it is noticed and sending waits for a comparison with the banks',
      zh: '被发现，暂停发送，先与银行核对',
    },
  },
  {
    id: 'F30',
    inject: 'D',
    checks: 'I6',
    fault: {
      en: 'deadlock, serialization failure, lock time-out, no connection left',
      zh: '死锁、序列化失败、锁超时、连接用尽',
    },
    outcome: { en: 'a bounded number of repetitions, and no effect twice', zh: '有限次重试，效果不重复' },
  },
  {
    id: 'F31',
    inject: 'R',
    checks: 'I2 I8',
    fault: {
      en: 'a sender is stopped past its lease and wakes when another has taken over',
      zh: '发送者停顿超过租约，他人接手后醒来',
    },
    outcome: {
      en: 'it can neither write anything down nor rename; one file',
      zh: '既不能记账也不能改名，只有一个文件',
    },
  },
  {
    id: 'F32',
    inject: 'R',
    checks: 'I3',
    fault: { en: 'two schedulers fire one window', zh: '两个调度同时触发同一窗口' },
    outcome: { en: 'one of them plans it', zh: '只有一个生效' },
  },
  {
    id: 'F33',
    inject: 'R',
    checks: 'I1 I6',
    fault: { en: 'the version before and this one run beside each other', zh: '新旧版本同时运行' },
    outcome: { en: 'both do their work on one schema that only grew', zh: '同一结构只增不减，两者都能工作' },
  },
  {
    id: 'F34',
    inject: 'D',
    checks: 'I4',
    fault: { en: 'a thread that reads runs out of memory', zh: '解析线程内存耗尽' },
    outcome: {
      en: 'its load fails and nothing else; what was asked is taken afterwards',
      zh: '只该次失败，服务不受影响，可再受理',
    },
  },
  {
    id: 'F35',
    inject: 'R',
    checks: 'I13',
    fault: { en: 'SIGTERM under load', zh: '负载下收到终止信号' },
    outcome: {
      en: 'not ready any more, leases ended or finished within half a minute',
      zh: '停止接单，半分钟内完成或交出租约',
    },
  },
]
