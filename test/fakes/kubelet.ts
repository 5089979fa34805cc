import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Server, ServerCredentials, status } from '@grpc/grpc-js';

/** A device of a pod's container, as a device plugin or DRA driver names it. */
export interface FakeDevice {
  /** @default 'nvidia.com/gpu' */
  readonly resource?: string;
  readonly ids?: readonly string[];
  /** Claims of a DRA driver, instead of ids. */
  readonly claims?: readonly { driver: string; device: string; cdi?: string }[];
}

export interface FakePod {
  readonly name: string;
  /** @default 'default' */
  readonly namespace?: string;
  /** Devices by container. */
  readonly containers: Readonly<Record<string, readonly FakeDevice[]>>;
}

/** Returns a pod with one container, `main`, which holds devices of one resource. */
export const fakePod = (name: string, resource: string, ...ids: string[]): FakePod => ({
  name,
  namespace: 'ml',
  containers: { main: [{ resource, ids }] },
});

// Fields of protobuf messages, by https://github.com/kubernetes/kubelet/blob/master/pkg/apis/podresources/v1/api.proto
const varint = (value: number): number[] =>
  value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...varint(Math.floor(value / 128))];
const field = (number: number, value: string | Buffer): Buffer => {
  const bytes = Buffer.from(value);
  return Buffer.concat([Buffer.from([...varint(number * 8 + 2), ...varint(bytes.length)]), bytes]);
};
const message = (...fields: Buffer[]) => Buffer.concat(fields);
/** Numbers, as of NUMA nodes and processors, which the client skips. */
const number = (at: number, value: number) => Buffer.from([...varint(at * 8), ...varint(value)]);

const encodeDevice = ({ resource = 'nvidia.com/gpu', ids = [], claims }: FakeDevice): Buffer =>
  claims === undefined
    ? field(
        2,
        message(field(1, resource), ...ids.map((id) => field(2, id)), field(3, field(1, number(1, 300)))),
      )
    : field(
        5,
        message(
          field(2, 'claim'),
          field(3, 'ml'),
          ...claims.map(({ driver, device, cdi }) =>
            field(
              4,
              message(
                ...(cdi === undefined ? [] : [field(1, field(1, cdi))]),
                field(2, driver),
                field(3, 'pool'),
                field(4, device),
              ),
            ),
          ),
        ),
      );

/** Encodes a `ListPodResourcesResponse`. */
export const encodePods = (pods: readonly FakePod[]): Buffer =>
  message(
    ...pods.map(({ name, namespace = 'default', containers }) =>
      field(
        1,
        message(
          field(1, name),
          field(2, namespace),
          ...Object.entries(containers).map(([container, devices]) =>
            field(3, message(field(1, container), ...devices.map(encodeDevice), number(3, 7))),
          ),
        ),
      ),
    ),
  );

const bytes = { serialize: (value: Buffer) => value, deserialize: (value: Buffer) => value };
const LIST = {
  path: '/v1.PodResourcesLister/List',
  requestStream: false,
  responseStream: false,
  requestSerialize: bytes.serialize,
  requestDeserialize: bytes.deserialize,
  responseSerialize: bytes.serialize,
  responseDeserialize: bytes.deserialize,
} as const;

/** Starts a kubelet that reports pods over a Unix socket of its own, by gRPC's own server. */
export async function fakeKubelet(initial: readonly FakePod[] = []) {
  const folder = await mkdtemp(join(tmpdir(), 'kubelet-'));
  const socket = join(folder, 'kubelet.sock');
  let answer = encodePods(initial);
  let failure: number | undefined;
  let hangs = false;
  let calls = 0;
  let server: Server | undefined;
  const start = async () => {
    await rm(socket, { force: true });
    server = new Server({ 'grpc.max_send_message_length': -1 });
    server.addService(
      { List: LIST },
      {
        List: (_call: unknown, reply: (error: object | null, value?: Buffer) => void) => {
          calls += 1;
          if (hangs) return;
          if (failure === undefined) reply(null, answer);
          else reply({ code: failure, details: 'rejected by the rate limit' });
        },
      },
    );
    await new Promise<void>((resolve, reject) => {
      server?.bindAsync(`unix:${socket}`, ServerCredentials.createInsecure(), (error) =>
        error === null ? resolve() : reject(error),
      );
    });
  };
  const stop = async () => {
    server?.forceShutdown();
    server = undefined;
    await rm(socket, { force: true });
  };
  await start();
  return {
    socket,
    start,
    stop,
    /** Number of calls so far. */
    calls: () => calls,
    report: (...pods: readonly FakePod[]) => {
      answer = encodePods(pods);
      failure = undefined;
    },
    /** Answers with a message of these bytes. */
    reportBytes: (bytes: Buffer) => {
      answer = bytes;
    },
    /** Answers with a status from now on. @default RESOURCE_EXHAUSTED */
    fail: (code: number = status.RESOURCE_EXHAUSTED) => {
      failure = code;
    },
    hang: () => {
      hangs = true;
    },
    remove: async () => {
      await stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export type FakeKubelet = Awaited<ReturnType<typeof fakeKubelet>>;
