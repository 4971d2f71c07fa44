// An application imports only MALogger, and gets logs, levels and contexts with it.
@_exported public import ContextLog
@_exported public import ContextPropagation
