#if ServiceLifecycle
public import ServiceLifecycle

/// A pool can be a member of a `ServiceGroup`. Put it before the services that submit jobs to it: a group ends its last
/// service first. When the pool's turn comes, it runs the jobs that it has, as after
/// ``WorkerPool/triggerGracefulShutdown()``.
extension WorkerPool: Service {}
#endif
