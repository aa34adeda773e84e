# Makes a Redis Cluster of the nodes HOST:PORT... where there is none yet: three masters, then three
# replicas. Ends when all of them serve, or after a minute with an error.
set -eu

ask() {
    node=$1
    shift
    redis-cli -h "${node%:*}" -p "${node#*:}" "$@"
}

serves() {
    ask "$1" cluster info | grep -q cluster_state:ok || return
    ! ask "$1" info replication | grep -q link_status:down
}

if ask "$1" cluster info | grep -q slots_assigned:0; then
    redis-cli --cluster create "$@" --cluster-replicas 1 --cluster-yes
fi

tries=60
for node; do
    until serves "$node"; do
        tries=$((tries - 1))
        if [ $tries = 0 ]; then
            echo "$node does not serve:" >&2
            ask "$node" cluster nodes >&2
            exit 1
        fi
        sleep 1
    done
done
