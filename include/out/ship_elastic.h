/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Ships to Elasticsearch and OpenSearch by their bulk API: data streams PREFIX-sums and PREFIX-lost
 * with a template each, and documents with the fields of the Elastic Common Schema, and below
 * "stop" our own. The ID of a document is that of its row, so that none is there twice.
 */
#ifndef STOP_OUT_SHIP_ELASTIC_H
#define STOP_OUT_SHIP_ELASTIC_H

#include "out/ship_target.h"

extern const struct ship_target ship_elastic;

#endif
