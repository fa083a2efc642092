// Which upstream a user belongs to.
// Must not look anything up outside the settings: a host that they do not name is never dialled.

import Patterns

extension RelayConfiguration {
    /// The upstream for a user, or the only one for everybody; nil where no route matches.
    func upstream(for user: [UInt8]?) -> Upstream? {
        guard !routes.isEmpty, let user else { return upstreams.first }
        guard let route = routes.first(where: { $0.user.matches(user) }) else { return nil }
        return upstreams.first { $0.name == route.upstream }
    }
}
