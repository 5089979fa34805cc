defmodule SnakepitOtel.Reporter do
  @moduledoc """
  Sends the telemetry events of Snakepit to a `snakepit-otel` agent, which records them as
  OpenTelemetry traces, metrics and logs.

  Copy this file into `lib/` of an application that uses Snakepit, and add the reporter to its
  supervision tree:

      children = [
        {SnakepitOtel.Reporter, target: {:unix, "/run/snakepit-otel/events.sock"}}
      ]

  It needs Elixir 1.14, OTP 25, `:telemetry`, and nothing else.

  ## Options

    * `:target` - address of the agent, `{:unix, path}` or `{:tcp, host, port}`.
      Default: `{:unix, "/run/snakepit-otel/events.sock"}`
    * `:token` - token of the agent, if it requires one. It is sent unencrypted. Default: none

  ## Delivery

    * The process that emits an event encodes it, which takes some microseconds. It never waits,
      neither for the agent nor for the reporter.
    * At most 50,000 events and 32 MiB wait for the agent. Further events are dropped and counted;
      the agent exports the count as `snakepit.bridge.events.dropped_by_producer.total`.
    * Events are kept until the agent has acknowledged them, and sent again after a reconnect. The
      agent recognizes repeats by their sequence numbers.
    * At shutdown, waiting events are sent for less than one second. The agent counts those that
      remain as lost.
  """

  use GenServer, shutdown: 2_000

  alias SnakepitOtel.Reporter.{Connection, Line}

  # events of the catalog
  @events ~w(
    snakepit.hardware.detect.start
    snakepit.hardware.detect.stop
    snakepit.hardware.select.start
    snakepit.hardware.select.stop
    snakepit.hardware.cache.hit
    snakepit.hardware.cache.miss
    snakepit.circuit_breaker.opened
    snakepit.circuit_breaker.closed
    snakepit.circuit_breaker.half_open
    snakepit.circuit_breaker.call.allowed
    snakepit.circuit_breaker.call.rejected
    snakepit.circuit_breaker.call.success
    snakepit.circuit_breaker.call.failure
    snakepit.gpu.memory.sampled
    snakepit.gpu.utilization.sampled
    snakepit.gpu.temperature.sampled
    snakepit.gpu.power.sampled
    snakepit.error.shape_mismatch
    snakepit.error.device
    snakepit.error.oom
    snakepit.error.dtype_mismatch
    snakepit.error.dimension_error
    snakepit.error.python_exception
    snakepit.retry.attempt
    snakepit.retry.success
    snakepit.retry.exhausted
    snakepit.retry.backoff
    snakepit.pool.initialized
    snakepit.pool.init_started
    snakepit.pool.init_complete
    snakepit.pool.status
    snakepit.pool.queue.enqueued
    snakepit.pool.queue.dequeued
    snakepit.pool.queue.timeout
    snakepit.pool.saturated
    snakepit.pool.capacity_reached
    snakepit.pool.call.dispatched
    snakepit.pool.worker.spawn_started
    snakepit.pool.worker.spawned
    snakepit.pool.worker_ready
    snakepit.pool.worker.spawn_failed
    snakepit.pool.worker.terminated
    snakepit.pool.worker.restarted
    snakepit.request.executed
    snakepit.worker.recycled
    snakepit.worker.health_check_failed
    snakepit.worker.crash
    snakepit.worker.tainted
    snakepit.worker.restarted
    snakepit.session_store.session.created
    snakepit.session_store.session.accessed
    snakepit.session_store.session.deleted
    snakepit.session_store.session.expired
    snakepit.session_store.program.stored
    snakepit.session_store.program.retrieved
    snakepit.session_store.program.deleted
    snakepit.bridge.session.pruned
    snakepit.bridge.session.accumulation_warning
    snakepit.session.created
    snakepit.session.destroyed
    snakepit.session.affinity.assigned
    snakepit.session.affinity.broken
    snakepit.heartbeat.monitor_started
    snakepit.heartbeat.monitor_stopped
    snakepit.heartbeat.monitor_failure
    snakepit.heartbeat.ping_sent
    snakepit.heartbeat.pong_received
    snakepit.heartbeat.heartbeat_timeout
    snakepit.grpc.call.start
    snakepit.grpc.call.stop
    snakepit.grpc.call.exception
    snakepit.grpc.stream.opened
    snakepit.grpc.stream.message
    snakepit.grpc.stream.closed
    snakepit.grpc.connection.established
    snakepit.grpc.connection.lost
    snakepit.grpc.connection.reconnected
    snakepit.grpc_worker.execute.start
    snakepit.grpc_worker.execute.stop
    snakepit.grpc_worker.execute.exception
    snakepit.grpc_worker.execute_session.start
    snakepit.grpc_worker.execute_session.stop
    snakepit.grpc_worker.execute_session.exception
    snakepit.python.call.start
    snakepit.python.call.stop
    snakepit.python.call.exception
    snakepit.python.tool.execution.start
    snakepit.python.tool.execution.stop
    snakepit.python.tool.execution.exception
    snakepit.python.tool.result_size
    snakepit.python.memory.sampled
    snakepit.python.cpu.sampled
    snakepit.python.gc.completed
    snakepit.python.error.occurred
    snakepit.python.exception.mapped
    snakepit.python.exception.unmapped
    snakepit.serialization.unserializable_marker
    snakepit.zero_copy.export
    snakepit.zero_copy.import
    snakepit.zero_copy.fallback
    snakepit.cleanup.start
    snakepit.cleanup.success
    snakepit.cleanup.timeout
    snakepit.application_cleanup.cleanup_success
    snakepit.application_cleanup.orphaned_processes_found
    snakepit.application_cleanup.emergency_cleanup
    snakepit.script.shutdown.start
    snakepit.script.shutdown.stop
    snakepit.script.shutdown.cleanup
    snakepit.script.shutdown.exit
    snakepit.deprecated.module_used
  )

  # /events of the catalog

  @event_names Enum.map(@events, fn event ->
                 event |> String.split(".") |> Enum.map(&String.to_atom/1)
               end)

  @default_target {:unix, "/run/snakepit-otel/events.sock"}
  @max_queued 50_000
  @max_bytes 32 * 1024 * 1024

  # A batch is written when it is as large as this, or when no further events have arrived.
  @batch_count 500
  @batch_bytes 64 * 1024

  @drop_report_ms 200
  @min_backoff_ms 50
  @max_backoff_ms 2_000
  # At shutdown, waiting events are sent for the first time, the end for the second one.
  @flush_ms 800
  @end_ms 1_000

  # Counters, shared with the processes that emit events. `queued` and `bytes` are those of the
  # events that the agent has not acknowledged. The others are totals since the virtual machine
  # started: events that were sent to the reporter, events that were dropped, sequence numbers, and
  # those of them that are of lines without an event.
  @queued 1
  @bytes 2
  @sent 3
  @dropped 4
  @seq 5
  @without_event 6

  defstruct [
    :target,
    # First line of a connection, and what follows an event before its sequence number.
    :hello,
    :suffix,
    :counters,
    :connection,
    # Socket, if connected, and what is being written to it: a batch or `:hello`.
    :socket,
    :writing,
    # The batch that is being filled: its lines, the latest first, its events and their size.
    lines: [],
    count: 0,
    bytes: 0,
    # Batches to be written, and batches that the agent has not acknowledged: `{last sequence
    # number, events, size, lines}`.
    waiting: :queue.new(),
    written: :queue.new(),
    last_seq: -1,
    acknowledged: -1,
    # The dropped events that were reported last on this connection.
    reported_drops: 0,
    # The dropped events that the next line of an event reports, if any.
    drops_to_report: nil,
    backoff_ms: @min_backoff_ms,
    is_outage: false,
    # True from the warning about a lost connection until an acknowledgement.
    has_warned: false
  ]

  @doc """
  Starts the reporter. Returns `:ignore` if it runs already.

  Raises `ArgumentError` if an option is unknown or invalid.
  """
  @spec start_link(keyword()) :: GenServer.on_start()
  def start_link(options) do
    options = Keyword.validate!(options, target: @default_target, token: nil)
    check!(options[:target], options[:token])

    # With its messages outside of its heap, a reporter with many waiting events collects garbage
    # fast.
    GenServer.start_link(__MODULE__, options, spawn_opt: [message_queue_data: :off_heap])
  end

  defp check!(target, token) do
    valid_target =
      case target do
        {:unix, path} -> is_binary(path) and path != ""
        {:tcp, host, port} -> is_binary(host) and host != "" and port in 1..65_535
        _other -> false
      end

    if not valid_target do
      raise ArgumentError,
            ":target must be {:unix, path} or {:tcp, host, port}, got: #{inspect(target)}"
    end

    if not (is_nil(token) or (is_binary(token) and token =~ ~r/\A[!#-\[\]-~]+\z/)) do
      raise ArgumentError, ":token must be printable ASCII without spaces, quotes and backslashes"
    end
  end

  # Runs in the process that emits the event. `:telemetry` detaches handlers that fail.
  @doc false
  def handle_event(event, measurements, metadata, counters) do
    with true <- :atomics.get(counters, @queued) < @max_queued,
         true <- :atomics.get(counters, @bytes) < @max_bytes,
         line = Line.encode(event, measurements, metadata),
         reporter when is_pid(reporter) <- Process.whereis(__MODULE__) do
      :atomics.add(counters, @bytes, byte_size(line))
      :atomics.add(counters, @queued, 1)
      :atomics.add(counters, @sent, 1)
      send(reporter, line)
    else
      _full_or_not_running -> :atomics.add(counters, @dropped, 1)
    end

    :ok
  catch
    _kind, _reason ->
      :atomics.add(counters, @dropped, 1)
      :ok
  end

  @impl true
  def init(options) do
    Process.flag(:trap_exit, true)
    {producer, counters} = identity()

    if Process.whereis(__MODULE__) == nil do
      abandon_queue(counters)
      # Events are sent to this name from now on, and those of before are abandoned.
      Process.register(self(), __MODULE__)
      # After a crash the handler is still attached. It has counted the events since then.
      :telemetry.attach_many(__MODULE__, @event_names, &__MODULE__.handle_event/4, counters)
      {:ok, started(options, producer, counters)}
    else
      :ignore
    end
  end

  defp started(options, producer, counters) do
    Process.send_after(self(), :report_drops, @drop_report_ms)
    connection = Connection.start_link(self())
    Connection.connect(connection, options[:target])
    token = if options[:token], do: ",\"token\":\"#{options[:token]}\""

    %__MODULE__{
      target: options[:target],
      hello: "{\"hello\":{\"producer\":\"#{producer}\",\"ack\":true#{token}}}\n",
      suffix: ",\"producer\":\"#{producer}\"",
      counters: counters,
      connection: connection
    }
  end

  # The identity of this virtual machine at the agent, and the counters. Both outlive a crash of
  # the reporter.
  defp identity do
    with nil <- :persistent_term.get(__MODULE__, nil) do
      identity =
        {Base.encode16(:rand.bytes(6), case: :lower), :atomics.new(@without_event, signed: true)}

      :persistent_term.put(__MODULE__, identity)
      identity
    end
  end

  # Events that a crashed reporter had not numbered are dropped. The agent finds those that it had
  # numbered by the gap.
  defp abandon_queue(counters) do
    numbered = :atomics.get(counters, @seq) - :atomics.get(counters, @without_event)
    unnumbered = :atomics.get(counters, @sent) - numbered
    :atomics.sub(counters, @sent, unnumbered)
    :atomics.add(counters, @dropped, unnumbered)
    :atomics.put(counters, @queued, 0)
    :atomics.put(counters, @bytes, 0)
  end

  @impl true
  def handle_info(message, state), do: message |> handle(state) |> noreply()

  # The time-out expires at once if no further message waits.
  defp noreply(state), do: {:noreply, state, if(can_write?(state), do: 0, else: :infinity)}

  defp handle(line, state) when is_binary(line) do
    bytes = byte_size(line)

    case state.drops_to_report do
      nil ->
        append(state, line, 1, bytes)

      dropped ->
        state = %{state | drops_to_report: nil, reported_drops: dropped}
        append(state, [line, ",\"dropped\":", Integer.to_string(dropped)], 1, bytes)
    end
  end

  defp handle(:timeout, state), do: write(state)

  defp handle({:written, socket, :ok}, %{socket: socket} = state) do
    written =
      if state.writing == :hello,
        do: state.written,
        else: :queue.in(state.writing, state.written)

    write(acknowledge(%{state | writing: nil, written: written}, state.acknowledged))
  end

  defp handle({:written, socket, {:error, reason}}, %{socket: socket} = state) do
    disconnect(state, reason)
  end

  defp handle({:connected, socket}, state) do
    :inet.setopts(socket, active: true)
    Connection.write(state.connection, socket, state.hello)
    # Reports of drops are sent again: one may be lost with a connection.
    %{state | socket: socket, writing: :hello, is_outage: false, reported_drops: 0}
  end

  defp handle({:not_connected, reason}, state), do: disconnect(state, reason)

  defp handle(:connect, state) do
    Connection.connect(state.connection, state.target)
    state
  end

  defp handle({:tcp, socket, text}, %{socket: socket} = state) do
    case Regex.run(~r/^\{"(ack|error)":(?|(\d{1,18})|"(\w{1,64})")\}/, text) do
      [_text, "ack", seq] ->
        if state.has_warned, do: log(:notice, "connected to #{inspect(state.target)}")
        state = %{state | backoff_ms: @min_backoff_ms, has_warned: false}
        acknowledge(state, String.to_integer(seq))

      [_text, "error", reason] ->
        disconnect(state, reason)

      nil ->
        state
    end
  end

  defp handle({:tcp_closed, socket}, %{socket: socket} = state), do: disconnect(state, :closed)

  defp handle({:tcp_error, socket, reason}, %{socket: socket} = state) do
    disconnect(state, reason)
  end

  defp handle(:report_drops, state) do
    Process.send_after(self(), :report_drops, @drop_report_ms)
    report_drops(state)
  end

  defp handle({:EXIT, pid, reason}, %{connection: pid}), do: exit(reason)
  defp handle(_message, state), do: state

  defp append(state, line, count, bytes) do
    seq = :atomics.add_get(state.counters, @seq, 1) - 1

    state = %{
      state
      | lines: [[line, state.suffix, ",\"seq\":", Integer.to_string(seq), "}\n"] | state.lines],
        count: state.count + count,
        bytes: state.bytes + bytes,
        last_seq: seq
    }

    if state.count >= @batch_count or state.bytes >= @batch_bytes,
      do: state |> finish_batch() |> write(),
      else: state
  end

  defp finish_batch(%{lines: []} = state), do: state

  defp finish_batch(state) do
    batch = {state.last_seq, state.count, state.bytes, Enum.reverse(state.lines)}
    %{state | waiting: :queue.in(batch, state.waiting), lines: [], count: 0, bytes: 0}
  end

  defp can_write?(state) do
    state.socket != nil and state.writing == nil and
      (state.lines != [] or not :queue.is_empty(state.waiting))
  end

  defp write(state) do
    if can_write?(state) do
      state = if :queue.is_empty(state.waiting), do: finish_batch(state), else: state
      {{:value, batch}, waiting} = :queue.out(state.waiting)
      Connection.write(state.connection, state.socket, elem(batch, 3))
      %{state | waiting: waiting, writing: batch}
    else
      state
    end
  end

  # Releases the batches up to a sequence number.
  defp acknowledge(state, seq) do
    case :queue.peek(state.written) do
      {:value, {last_seq, count, bytes, _lines}} when last_seq <= seq ->
        :atomics.sub(state.counters, @queued, count)
        :atomics.sub(state.counters, @bytes, bytes)
        acknowledge(%{state | written: :queue.drop(state.written)}, seq)

      _none ->
        %{state | acknowledged: max(seq, state.acknowledged)}
    end
  end

  # With the next event, or in a line of its own if nothing waits. That line has no sequence number:
  # the agent would count it as a lost event if it were lost.
  defp report_drops(%{socket: nil} = state), do: state

  defp report_drops(state) do
    case :atomics.get(state.counters, @dropped) do
      dropped when dropped == state.reported_drops ->
        state

      dropped when state.writing == nil and state.lines == [] ->
        if :queue.is_empty(state.waiting) do
          line = ["{\"dropped\":", Integer.to_string(dropped), state.suffix, "}\n"]
          write(%{state | lines: [line], reported_drops: dropped})
        else
          %{state | drops_to_report: dropped}
        end

      dropped ->
        %{state | drops_to_report: dropped}
    end
  end

  defp disconnect(state, reason) do
    if not state.has_warned do
      log(:warning, "not connected to #{inspect(state.target)}: #{inspect(reason)}. Events wait.")
    end

    if state.socket != nil, do: Connection.close(state.socket)
    delay = state.backoff_ms |> div(2) |> Kernel.+(:rand.uniform(div(state.backoff_ms, 2)))
    Process.send_after(self(), :connect, delay)
    writing = if is_tuple(state.writing), do: [state.writing], else: []

    %{
      state
      | socket: nil,
        writing: nil,
        written: :queue.new(),
        waiting:
          :queue.join(:queue.join(state.written, :queue.from_list(writing)), state.waiting),
        backoff_ms: min(2 * state.backoff_ms, @max_backoff_ms),
        is_outage: true,
        has_warned: true
    }
  end

  defp log(level, text), do: :logger.log(level, "SnakepitOtel.Reporter: " <> text)

  @impl true
  def terminate(_reason, state) do
    :telemetry.detach(__MODULE__)
    now = System.monotonic_time(:millisecond)
    state = state |> flush(now + @flush_ms) |> append_end() |> flush(now + @end_ms)

    if state.socket != nil do
      if written?(state), do: close_after_reading(state, now + @end_ms)
      Connection.close(state.socket)
    end

    Process.unlink(state.connection)
    Process.exit(state.connection, :kill)
  end

  # Returns when all is written, when there is no connection, or at the deadline.
  defp flush(%{is_outage: true} = state, _deadline), do: state

  defp flush(state, deadline) do
    receive do
      message -> message |> handle(state) |> flush(deadline)
    after
      0 -> if written?(state), do: state, else: state |> write() |> flush_one(deadline)
    end
  end

  defp flush_one(state, deadline) do
    receive do
      message -> message |> handle(state) |> flush(deadline)
    after
      remaining_ms(deadline) -> state
    end
  end

  defp written?(state), do: state.socket != nil and state.writing == nil and not can_write?(state)

  # Gives up what still waits. The agent finds it by the gap before the last line.
  defp append_end(state) do
    state = %{state | waiting: :queue.new(), lines: [], count: 0, bytes: 0}
    :atomics.add(state.counters, @without_event, 1)
    append(state, "{\"dropped\":#{:atomics.get(state.counters, @dropped)}", 0, 0)
  end

  # Waits until the agent has read everything and closes the connection.
  defp close_after_reading(state, deadline) do
    Connection.finish(state.connection, state.socket)
    await_close(state.socket, deadline)
  end

  defp await_close(socket, deadline) do
    receive do
      {:tcp_closed, ^socket} -> :ok
      _message -> await_close(socket, deadline)
    after
      remaining_ms(deadline) -> :ok
    end
  end

  defp remaining_ms(deadline), do: max(deadline - System.monotonic_time(:millisecond), 0)
end

defmodule SnakepitOtel.Reporter.Connection do
  @moduledoc false
  # Process that connects and writes, so that the reporter never waits for the agent. It sends the
  # outcome to the reporter: `{:connected, socket}`, `{:not_connected, reason}`, `{:written,
  # socket, :ok | {:error, reason}}`.

  @connect_timeout_ms 1_000
  @write_timeout_ms 30_000

  def start_link(reporter), do: spawn_link(fn -> loop(reporter) end)

  def connect(connection, target), do: send(connection, {:connect, target})
  def write(connection, socket, data), do: send(connection, {:write, socket, data})
  def finish(connection, socket), do: send(connection, {:finish, socket})

  @doc "Closes a socket without waiting. What the agent has not read may be lost."
  def close(socket) do
    case :inet.getstat(socket, [:send_pend]) do
      {:ok, [send_pend: 0]} -> :ok
      # The virtual machine would wait for it, even at its end.
      _pending -> :inet.setopts(socket, linger: {true, 0})
    end

    :gen_tcp.close(socket)
  end

  defp loop(reporter) do
    receive do
      {:connect, target} -> send(reporter, open(target, reporter))
      {:write, socket, data} -> send(reporter, {:written, socket, :gen_tcp.send(socket, data)})
      {:finish, socket} -> :gen_tcp.shutdown(socket, :write)
    end

    loop(reporter)
  end

  defp open(target, reporter) do
    {address, port, options} = address(target)

    options =
      [
        :binary,
        packet: :line,
        active: false,
        send_timeout: @write_timeout_ms,
        send_timeout_close: true
      ] ++ options

    with {:ok, socket} <- :gen_tcp.connect(address, port, options, @connect_timeout_ms),
         :ok <- :gen_tcp.controlling_process(socket, reporter) do
      {:connected, socket}
    else
      {:error, reason} -> {:not_connected, reason}
    end
  catch
    _kind, reason -> {:not_connected, reason}
  end

  defp address({:unix, path}), do: {{:local, path}, 0, []}

  defp address({:tcp, host, port}) do
    host = String.to_charlist(host)
    options = [nodelay: true, keepalive: true]

    case :inet.parse_address(host) do
      {:ok, address} when tuple_size(address) == 8 -> {address, port, [:inet6 | options]}
      {:ok, address} -> {address, port, options}
      {:error, :einval} -> {host, port, options}
    end
  end
end

defmodule SnakepitOtel.Reporter.Line do
  @moduledoc false
  # An event as one line of JSON, which the reporter completes with producer and sequence number.

  # An agent accepts 64 keys and 64 KiB. A text that is cut has at most six times its size when
  # each byte must be escaped.
  @max_keys 64
  @max_bytes 32 * 1024
  @max_key 128
  @max_text 4 * 1024

  @max_items 64
  @max_entries 32

  # JavaScript rounds integers beyond 2^53.
  @max_exact 0x20000000000000
  @max_integer Bitwise.bsl(1, 256)

  @inspect_options [limit: @max_entries, printable_limit: @max_text, width: :infinity]
  # `inspect/2` reads all entries of a map before it applies the limit.
  @max_inspected 1_000

  def encode(event, measurements, metadata) do
    time = Integer.to_string(System.system_time(:nanosecond))
    line = name(event, "{\"event\":\"")
    line = <<line::binary, "\",\"timestamp_ns\":", time::binary, ",\"measurements\":{">>
    {line, keys} = measurements(:maps.to_list(measurements), line, "", @max_keys)
    line = metadata(:maps.to_list(metadata), <<line::binary, "},\"metadata\":{">>, "", keys)
    <<line::binary, "}">>
  end

  defp name([part], line), do: <<line::binary, Atom.to_string(part)::binary>>

  defp name([part | rest], line),
    do: name(rest, <<line::binary, Atom.to_string(part)::binary, ".">>)

  defp measurements([{key, value} | rest], line, comma, keys)
       when keys > 0 and ((is_number(value) and abs(value) < @max_integer) or is_boolean(value)) do
    measurements(rest, number(value, key(key, line, comma)), ",", keys - 1)
  end

  defp measurements([_unusable | rest], line, comma, keys),
    do: measurements(rest, line, comma, keys)

  defp measurements([], line, _comma, keys), do: {line, keys}

  defp metadata([{_key, nil} | rest], line, comma, keys), do: metadata(rest, line, comma, keys)

  defp metadata([{key, value} | rest], line, comma, keys)
       when keys > 0 and byte_size(line) < @max_bytes do
    metadata(rest, value(value, key(key, line, comma)), ",", keys - 1)
  end

  defp metadata(_rest, line, _comma, _keys), do: line

  defp key(key, line, comma) when is_atom(key), do: key(Atom.to_string(key), line, comma)

  defp key(key, line, comma) when is_binary(key) do
    if byte_size(key) <= @max_key and plain_text?(key),
      do: <<line::binary, comma::binary, ?", key::binary, "\":">>,
      else: <<text(cut(key, @max_key), <<line::binary, comma::binary>>)::binary, ":">>
  end

  defp key(key, line, comma), do: key(inspected(key), line, comma)

  defp number(value, line) when is_integer(value),
    do: <<line::binary, Integer.to_string(value)::binary>>

  defp number(value, line) when is_float(value),
    do: <<line::binary, :erlang.float_to_binary(value, [:short])::binary>>

  defp number(value, line) when is_boolean(value),
    do: <<line::binary, Atom.to_string(value)::binary>>

  defp value(value, line) when is_binary(value), do: text(value, line)
  defp value(value, line) when is_boolean(value) or is_float(value), do: number(value, line)
  defp value(value, line) when is_atom(value), do: text(Atom.to_string(value), line)

  defp value(value, line) when is_integer(value) do
    cond do
      abs(value) <= @max_exact -> number(value, line)
      abs(value) < @max_integer -> text(Integer.to_string(value), line)
      true -> text("integer beyond 256 bits", line)
    end
  end

  defp value({kind, index}, line)
       when kind in [:cuda, :rocm] and is_integer(index) and abs(index) <= @max_exact do
    text(Atom.to_string(kind) <> ":" <> Integer.to_string(index), line)
  end

  defp value(value, line) when is_pid(value), do: text(inspect(value), line)
  defp value(value, line) when is_reference(value), do: text(inspect(value), line)

  defp value(value, line) when is_list(value) do
    cond do
      characters?(value) -> value |> Enum.take(@max_text) |> List.to_string() |> text(line)
      plain_items?(value, @max_items) -> items(value, <<line::binary, "[">>, "")
      true -> text(inspected(value), line)
    end
  end

  defp value(value, line)
       when is_map(value) and not is_struct(value) and map_size(value) <= @max_entries do
    entries = :maps.to_list(value)

    if Enum.all?(entries, fn {_key, value} -> plain?(value) end),
      do: <<metadata(entries, <<line::binary, "{">>, "", @max_entries)::binary, "}">>,
      else: text(inspected(value), line)
  end

  defp value(%module{} = value, line) when is_exception(value) do
    text(if(shows_all?(module, value), do: exception(value), else: inspected(value)), line)
  end

  defp value(value, line) when map_size(value) > @max_inspected do
    text("map of #{map_size(value)} entries", line)
  end

  defp value(value, line), do: text(inspected(value), line)

  # A shorter list may be the shape of a tensor: `[64, 64]` are the characters `@@`.
  defp characters?([_, _, _, _, _, _, _, _, _ | _] = list) do
    List.ascii_printable?(list, @max_text)
  end

  defp characters?(_list), do: false

  defp plain_items?([item | rest], left) when left > 0,
    do: plain?(item) and plain_items?(rest, left - 1)

  defp plain_items?(rest, _left), do: rest == []

  defp plain?(value), do: is_number(value) or is_atom(value) or is_binary(value)

  defp items([item | rest], line, comma) when byte_size(line) < @max_bytes,
    do: items(rest, item(item, <<line::binary, comma::binary>>), ",")

  defp items(_rest, line, _comma), do: <<line::binary, "]">>

  defp item(nil, line), do: <<line::binary, "null">>
  defp item(item, line), do: value(item, line)

  # Implementations of the protocol are those of the application, and may fail.
  defp inspected(value) do
    inspect(value, @inspect_options)
  catch
    _kind, _reason -> "value that cannot be inspected"
  end

  # Returns false if the application has defined how `inspect/2` prints the exception, maybe
  # without secrets. The answer is kept: where protocols are not consolidated, it takes 0.5 ms.
  defp shows_all?(module, exception) do
    with nil <- :persistent_term.get({__MODULE__, module}, nil) do
      shows_all = Inspect.impl_for(exception) == Inspect.Any
      :persistent_term.put({__MODULE__, module}, shows_all)
      shows_all
    end
  end

  # As `inspect/2`, which takes 0.3 ms for an exception with a traceback.
  defp exception(%module{} = exception) do
    fields =
      exception |> Map.from_struct() |> Map.delete(:__exception__) |> Enum.take(@max_entries)

    fields = Enum.map(fields, fn {key, value} -> [Atom.to_string(key), ": ", literal(value)] end)
    IO.iodata_to_binary(["%", inspect(module), "{", Enum.intersperse(fields, ", "), "}"])
  end

  defp literal(value) when is_binary(value) do
    ["\"", String.replace(cut(value, @max_text), ["\\", "\""], &<<"\\", &1::binary>>), "\""]
  end

  defp literal([item | _] = value) when is_binary(item) do
    if plain_items?(value, @max_items),
      do: ["[", value |> Enum.map(&literal/1) |> Enum.intersperse(", "), "]"],
      else: inspected(value)
  end

  defp literal(value), do: inspected(value)

  defp text(text, line) do
    text = cut(text, @max_text)

    if plain_text?(text),
      do: <<line::binary, ?", text::binary, ?">>,
      else: <<escape(text, text, 0, 0, <<line::binary, ?">>)::binary, ?">>
  end

  # Cuts before a character that does not fit, which has at most three bytes before the limit.
  defp cut(text, size), do: cut(text, size, size - 3)

  defp cut(text, size, min) do
    case text do
      <<_::binary-size(size), 0b10::2, _::bitstring>> when size > min -> cut(text, size - 1, min)
      <<beginning::binary-size(size), _, _::binary>> -> beginning
      _short -> text
    end
  end

  defguardp is_plain(byte) when byte in 0x20..0x7E and byte != ?" and byte != ?\\

  defp plain_text?(<<byte, rest::binary>>) when is_plain(byte), do: plain_text?(rest)
  defp plain_text?(rest), do: rest == <<>>

  # Copies runs of characters that need no escape: `size` bytes of `text` from `start`.
  defp escape(<<byte, rest::binary>>, text, start, size, line) when is_plain(byte) do
    escape(rest, text, start, size + 1, line)
  end

  defp escape(<<char::utf8, rest::binary>>, text, start, size, line) when char >= 0x7F do
    escape(rest, text, start, size + byte_size(<<char::utf8>>), line)
  end

  defp escape(<<byte, rest::binary>>, text, start, size, line) do
    run = binary_part(text, start, size)
    line = <<line::binary, run::binary, escaped(byte)::binary>>
    escape(rest, text, start + size + 1, 0, line)
  end

  defp escape(<<>>, text, start, size, line) do
    <<line::binary, binary_part(text, start, size)::binary>>
  end

  defp escaped(?"), do: "\\\""
  defp escaped(?\\), do: "\\\\"
  defp escaped(?\n), do: "\\n"
  defp escaped(?\r), do: "\\r"
  defp escaped(?\t), do: "\\t"
  defp escaped(byte) when byte < 0x20, do: <<"\\u", Base.encode16(<<0, byte>>)::binary>>
  # A byte that is not UTF-8.
  defp escaped(_byte), do: "\uFFFD"
end
