import type { LibraryWordings } from './library-wordings.js';

/** Wordings of PyTorch and transformers: devices. */
export const torchDevices: LibraryWordings = {
  'snakepit.error.device': [
    {
      patterns: [
        'found at least two devices, {expected_device} and {actual_device}',
        'found two different devices {expected_device}, {actual_device}',
        'on the same device, but got … is on {actual_device}, different from other tensors on {expected_device}',
        'Expected object of backend {expected_device} but got backend {actual_device}',
        'Expected object of device type {expected_device} but got device type {actual_device}',
        'Expected object of type {expected_device} but found type {actual_device}',
        'Input type {actual_device} and weight type {expected_device} should be the same',
        'Input type {actual_device} and bias type {expected_device} should be the same',
        'Input(device={actual_device}) and weight(device={expected_device}',
        'Expected type {expected_device} but got {actual_device}',
        'expected device {expected_device} but got device {actual_device}',
        'Expected a {expected_device} device type for generator but found {actual_device}',
        'Expected a {expected_device} generator device but found {actual_device}',
        'is on {actual_device}, but expected it to be on {expected_device}',
        'is on {actual_device} but expected on {expected_device}',
        'is on {actual_device}, but expected them to be on {expected_device}',
        'on device {actual_device} is not on the expected device {expected_device}',
        'found input tensor at {actual_device} and … tensor at {expected_device}',
        'on device {expected_device} (device_ids[0]) but found one of them on device: {actual_device}',
        'either on {expected_device} or on the same device as the indexed tensor',
        'be on device {expected_device}, but … on {actual_device}',
        'be on {expected_device}, but … on {actual_device}',
        'on the same device, but got {expected_device} and {actual_device}',
        'on the same device, got {expected_device} and {actual_device}',
        'on the same device. Received {expected_device} and {actual_device}',
        'on different devices: {expected_device} and {actual_device}',
      ],
    },
    {
      patterns: "can't convert {actual_device} device type tensor to numpy",
      metadata: {
        expected_device: 'cpu',
      },
    },
    {
      patterns: "can't convert CUDA tensor to numpy",
      metadata: {
        expected_device: 'cpu',
        actual_device: 'cuda',
      },
    },
    {
      patterns: 'Passed CPU tensor to MPS op',
      metadata: {
        expected_device: 'mps',
        actual_device: 'cpu',
      },
    },
    {
      patterns: 'Placeholder storage has not been allocated on MPS device',
      metadata: {
        expected_device: 'mps',
      },
    },
    {
      patterns: [
        'cannot be accessed from Triton (cpu tensor?)',
        'expected a CUDA tensor, got a CPU tensor',
        'must be a CUDA tensor',
      ],
      metadata: {
        expected_device: 'cuda',
        actual_device: 'cpu',
      },
    },
  ],
};
