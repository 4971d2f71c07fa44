// An application imports MALogger and has the whole of it: logs, levels, contexts.
@_exported public import ContextLog
@_exported public import ContextPropagation
