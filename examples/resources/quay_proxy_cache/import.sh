terraform import quay_proxy_cache.docker_hub example-docker-hub
