import { expect, it } from 'vitest';
import { parseCgroup } from '../../../src/gpu/pods/cgroup.js';

const UID = '0f8fad5b-d9cb-469f-a165-70867728950e';
const SYSTEMD_UID = UID.replaceAll('-', '_');
const ID = 'ab12'.repeat(16);
const OUTER = 'cd34'.repeat(16);
const SLICE = `kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod${SYSTEMD_UID}.slice`;
const inPod = { podUid: UID, containerId: ID };

it.each([
  ['cgroupfs, burstable', `11:memory:/kubepods/burstable/pod${UID}/${ID}`, inPod],
  ['cgroupfs, guaranteed', `11:memory:/kubepods/pod${UID}/${ID}`, inPod],
  ['cgroupfs, cri-o', `0::/kubepods/besteffort/pod${UID}/crio-${ID}`, inPod],
  ['systemd, containerd', `0::/${SLICE}/cri-containerd-${ID}.scope`, inPod],
  [
    'systemd, guaranteed',
    `0::/kubepods.slice/kubepods-pod${SYSTEMD_UID}.slice/cri-containerd-${ID}.scope`,
    inPod,
  ],
  ['systemd, cri-o', `0::/${SLICE}/crio-${ID}.scope`, inPod],
  ['systemd, cri-o with a group inside', `0::/${SLICE}/crio-${ID}.scope/container`, inPod],
  ['systemd, dockershim', `12:cpu,cpuacct:/${SLICE}/docker-${ID}.scope`, inPod],
  [
    'containerd below its service',
    `1:name=systemd:/system.slice/containerd.service/kubepods-besteffort-pod${SYSTEMD_UID}.slice:cri-containerd:${ID}`,
    inPod,
  ],
  [
    'a node that is a container itself',
    `0::/system.slice/docker-${OUTER}.scope/kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-pod${SYSTEMD_UID}.slice/cri-containerd-${ID}.scope`,
    inPod,
  ],
  [
    'from within another pod',
    `0::/../../kubepods-burstable-pod${SYSTEMD_UID}.slice/cri-containerd-${ID}.scope`,
    inPod,
  ],
  [
    'a static pod',
    `0::/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod${'9'.repeat(32)}.slice/cri-containerd-${ID}.scope`,
    { podUid: '9'.repeat(32), containerId: ID },
  ],
  [
    'several hierarchies',
    `12:pids:/kubepods/pod${UID}/${ID}\n11:memory:/kubepods/pod${UID}/${ID}\n0::/`,
    inPod,
  ],
  ['docker, cgroup v1', `4:memory:/docker/${ID}`, { containerId: ID }],
  ['docker, cgroup v2', `0::/system.slice/docker-${ID}.scope`, { containerId: ID }],
  ['podman', `0::/machine.slice/libpod-${ID}.scope/container`, { containerId: ID }],
  ['a service of the host', '0::/system.slice/sshd.service', {}],
  ['the same container', '0::/', {}],
  ['a longer number', `0::/docker/${ID}a`, {}],
  ['nothing', '', {}],
])('reads the cgroup of %s', (_form, text, expected) => {
  expect(parseCgroup(text)).toEqual(expected);
});
