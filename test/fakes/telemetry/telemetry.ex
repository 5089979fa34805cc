defmodule :telemetry do
  # Stand-in for the library telemetry (https://hex.pm/packages/telemetry), with the part of its contract that the tests need:
  # handlers are called in the emitting process, and one that raises, throws or exits is detached.

  @table __MODULE__

  def start do
    :ets.new(@table, [:named_table, :public, :duplicate_bag, read_concurrency: true])
    :ok
  end

  def attach(id, event, function, config), do: attach_many(id, [event], function, config)

  def attach_many(id, events, function, config) do
    if attached?(id) do
      {:error, :already_exists}
    else
      :ets.insert(@table, for(event <- events, do: {event, id, function, config}))
      :ok
    end
  end

  def detach(id) do
    if attached?(id) do
      :ets.match_delete(@table, {:_, id, :_, :_})
      :ok
    else
      {:error, :not_found}
    end
  end

  def list_handlers(prefix) do
    for {event, id, function, config} <- :ets.tab2list(@table),
        List.starts_with?(event, prefix) do
      %{id: id, event_name: event, function: function, config: config}
    end
  end

  def execute(event, measurements, metadata) when is_map(measurements) and is_map(metadata) do
    for {_event, id, function, config} <- :ets.lookup(@table, event) do
      try do
        function.(event, measurements, metadata, config)
      catch
        class, reason ->
          detach(id)

          :logger.error("Handler ~p failed and was detached: ~p", [
            id,
            {class, reason, __STACKTRACE__}
          ])
      end
    end

    :ok
  end

  defp attached?(id), do: :ets.match_object(@table, {:_, id, :_, :_}, 1) != :"$end_of_table"
end
