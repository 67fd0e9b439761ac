package controlplane

import (
	"fmt"
	"os"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
)

// contextName names the one cluster, user and context of a kubeconfig written here.
const contextName = "card-operator"

// Kubeconfig renders a config as a kubeconfig file with everything embedded.
func Kubeconfig(cfg *rest.Config, namespace string) ([]byte, error) {
	cfg = rest.CopyConfig(cfg)
	if err := rest.LoadTLSFiles(cfg); err != nil {
		return nil, fmt.Errorf("reading the cluster's certificates: %w", err)
	}
	file := clientcmdapi.NewConfig()
	file.CurrentContext = contextName
	file.Contexts[contextName] = &clientcmdapi.Context{Cluster: contextName, AuthInfo: contextName, Namespace: namespace}
	file.Clusters[contextName] = cluster(cfg)
	file.AuthInfos[contextName] = user(cfg)
	text, err := clientcmd.Write(*file)
	if err != nil {
		return nil, fmt.Errorf("writing a kubeconfig: %w", err)
	}
	return text, nil
}

// WriteKubeconfig writes a kubeconfig that only its owner can read.
func WriteKubeconfig(path string, cfg *rest.Config, namespace string) error {
	text, err := Kubeconfig(cfg, namespace)
	if err != nil {
		return err
	}
	if err := os.Remove(path); err != nil && !os.IsNotExist(err) {
		return fmt.Errorf("replacing the kubeconfig %s: %w", path, err)
	}
	if err := os.WriteFile(path, text, 0o600); err != nil {
		return fmt.Errorf("writing the kubeconfig %s: %w", path, err)
	}
	return nil
}

func cluster(cfg *rest.Config) *clientcmdapi.Cluster {
	return &clientcmdapi.Cluster{
		Server:                   cfg.Host + cfg.APIPath,
		TLSServerName:            cfg.ServerName,
		InsecureSkipTLSVerify:    cfg.Insecure,
		CertificateAuthorityData: cfg.CAData,
	}
}

func user(cfg *rest.Config) *clientcmdapi.AuthInfo {
	return &clientcmdapi.AuthInfo{
		ClientCertificateData: cfg.CertData,
		ClientKeyData:         cfg.KeyData,
		Token:                 cfg.BearerToken,
		Username:              cfg.Username,
		Password:              cfg.Password,
		Exec:                  cfg.ExecProvider,
	}
}
