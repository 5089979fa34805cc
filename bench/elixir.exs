# The producer of `elixir.mjs`: emits an event of 19 values as fast as it can.
defmodule Producer do
  @event [:snakepit, :grpc_worker, :execute, :stop]

  @chunk 100

  def run(path, count) do
    :telemetry.start()
    idle_us = median(1000)

    {:ok, supervisor} =
      Supervisor.start_link([{SnakepitOtel.Reporter, target: {:unix, path}}],
        strategy: :one_for_one
      )

    :erlang.statistics(:runtime)
    us = median(count)
    IO.puts(us - idle_us)
    # Until the agent has accepted everything.
    IO.gets("")
    {_total, cpu_ms} = :erlang.statistics(:runtime)
    IO.puts(cpu_ms)
    Supervisor.stop(supervisor)
  end

  # Time of an event, of the median of chunks that are shorter than the time slices of a busy machine.
  defp median(count) do
    times = for _ <- 1..div(count, @chunk), do: time()
    # An event that is dropped takes less time. The queue has room for these.
    times = times |> Enum.take(300) |> Enum.sort()
    Enum.at(times, div(length(times), 2)) / @chunk
  end

  defp time do
    measurements = %{
      monotonic_time: -576_460_744_452_408_044,
      duration: 168_662_902,
      duration_ms: 155,
      executions: 1
    }

    metadata = %{
      adapter: "Snakepit.Adapters.GRPCPython",
      adapter_module: Snakepit.Adapters.GRPCPython,
      command: "telemetry_demo",
      correlation_id: "sp-df770adf823fd9f33829f5b4",
      operation: :execute,
      pool: Snakepit.Pool,
      rpc_system: :grpc,
      session_id: "session_4_1795695385848930",
      span_kind: :client,
      status: :ok,
      telemetry_source: :snakepit_grpc_worker,
      telemetry_span_context: make_ref(),
      timeout_ms: 298_800,
      worker_id: "default_worker_1_690",
      worker_pid: self()
    }

    {us, :ok} = :timer.tc(fn -> emit(@chunk, measurements, metadata) end)
    us
  end

  defp emit(0, _measurements, _metadata), do: :ok

  defp emit(count, measurements, metadata) do
    :telemetry.execute(@event, measurements, metadata)
    emit(count - 1, measurements, metadata)
  end
end

[path, count] = System.argv()
Producer.run(path, String.to_integer(count))
