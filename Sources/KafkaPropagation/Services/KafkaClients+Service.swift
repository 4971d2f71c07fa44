#if ServiceLifecycle
public import ServiceLifecycle

/// A producer can be a member of a `ServiceGroup`. Put it before the services that send with it: a group ends its last
/// service first. When the producer's turn comes, it refuses new messages and delivers the accepted ones.
extension KafkaProducer: Service {}

/// A consumer can be a member of a `ServiceGroup`. When its turn comes, every iteration ends, and it leaves the group
/// after the records that are being handled.
///
/// The service that iterates ends together with the consumer, so it must not be another member of the group: let one
/// service do both, as the article "Services" shows.
extension KafkaConsumer: Service {}

/// A parallel consumer can be a member of a `ServiceGroup`. Put it after the producers and pools that its handler uses:
/// a group ends its last service first. When the consumer's turn comes, it starts no more handlers, waits for the
/// running ones, and commits.
extension ParallelConsumer: Service {}
#endif
